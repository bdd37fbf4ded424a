-- A message letter for something on Celery's list that is none of ours. A: item, limits
write_message_letter(A.item)
return 1
